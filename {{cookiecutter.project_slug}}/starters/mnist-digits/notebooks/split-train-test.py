# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Split into training and test set
#
# Models learn from `train.npz`. Nothing but the final benchmark looks at `test.npz`. The images are shuffled with a
# fixed seed, so that each run splits in the same way.

# %%
from pynb_dag_runner import current_task

from {{ cookiecutter.__package }} import datasets
from {{ cookiecutter.__package }}.display import show_markdown

# %% tags=["parameters"]
train_ratio: float = 0.7  # share of the images that models may learn from
seed: int = 0  # of the shuffle

# %%
task = current_task()
digits = datasets.load(task.needs["ingest"].output("digits.npz"))

# %%
train, test = datasets.split(digits, train_ratio, seed)
datasets.save(train, task.output("train.npz"))
datasets.save(test, task.output("test.npz"))

# %% [markdown]
# ## Conclusion
#
# Both parts should hold all digits in about the same shares.

# %%
train_shares = train.counts() / len(train)
test_shares = test.counts() / len(test)
largest_difference = float(abs(train_shares - test_shares).max())
task.log_metrics({"nr_train_images": len(train), "nr_test_images": len(test), "largest_difference": largest_difference})
task.log_value("label-counts", {"train": train.counts().tolist(), "test": test.counts().tolist()})

show_markdown(
    f"**{len(train)}** images to learn from, **{len(test)}** to test with. The share of a digit differs by at most "
    f"{100 * largest_difference:.1f} percentage points between the two."
)
