# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Ingest
#
# Fetches the images of handwritten digits that everything else works on, checks them, and hands them over as
# `digits.npz`.
#
# The images come with scikit-learn, so nothing can go wrong. A real source is not that reliable: to show what
# retries and time limits do, the first attempts of this task fail on purpose, in turn with an exception and by
# hanging. `pdr run --set failing_attempts=0` switches that off.

# %%
import time

from pynb_dag_runner import current_task

from {{ cookiecutter.__package }} import datasets
from {{ cookiecutter.__package }}.display import show_markdown

# %% tags=["parameters"]
failing_attempts: int = 2  # how many attempts fail on purpose: the first raises, the second hangs, ...

# %%
task = current_task()

# %% [markdown]
# ## An unreliable source, simulated

# %%
if task.is_recorded and task.attempt <= failing_attempts:
    if task.attempt % 2 == 1:
        raise ConnectionError(f"simulated: the source refused attempt {task.attempt}")
    print(f"simulated: the source does not answer attempt {task.attempt}; the time limit of the task will end this")
    time.sleep(3600)

# %% [markdown]
# ## Load and check

# %%
digits = datasets.load_digits()
counts = digits.counts()

if digits.images.max() > datasets.MAX_INK:
    raise ValueError(f"expected ink from 0 to {datasets.MAX_INK}, found {digits.images.max()}")
if counts.min() == 0:
    raise ValueError(f"no image of digit {counts.argmin()}")

# %%
datasets.save(digits, task.output("digits.npz"))
task.log_metrics({"nr_images": len(digits), "nr_images_of_rarest_digit": int(counts.min())})

# %% [markdown]
# ## Conclusion

# %%
show_markdown(
    f"There are **{len(digits)} images** of {datasets.IMAGE_SIZE} x {datasets.IMAGE_SIZE} pixels: "
    f"{counts.min()} (digit {counts.argmin()}) to {counts.max()} (digit {counts.argmax()}) of each digit."
)
