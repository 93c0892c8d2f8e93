# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Explore the images
#
# What is in the data before any model sees it: is each digit there often enough, what do the pixels hold, and are there
# images that even a person would not recognise?

# %%
from pynb_dag_runner import current_task

from {{ cookiecutter.__package }} import datasets, plots
from {{ cookiecutter.__package }}.display import show_figure, show_markdown

# %%
task = current_task()
digits = datasets.load(task.needs["ingest"].output("digits.npz"))

# %% [markdown]
# ## Labels
#
# A digit that is rare would be learned badly, and a good average would hide it.

# %%
task.log_figure("label-distribution.png", show_figure(plots.label_distribution(digits)))

# %% [markdown]
# ## Pixels
#
# Each small histogram belongs to one pixel and stands where the pixel is.

# %%
task.log_figure("pixel-distributions.png", show_figure(plots.pixel_distributions(digits)))

# %%
spread = digits.images.std(axis=0)
nr_blank_pixels = int((spread == 0).sum())
mean_ink = float(digits.images.mean())
task.log_metrics({"mean_ink": mean_ink, "nr_blank_pixels": nr_blank_pixels})

# %% [markdown]
# ## All images, digit by digit

# %%
for digit in range(datasets.NR_DIGITS):
    task.log_figure(f"digit-{digit}.png", show_figure(plots.digit_panel(digits.images_of(digit), digit)))

# %% [markdown]
# ## Conclusion

# %%
counts = digits.counts()
imbalance = float(counts.max() / counts.min())
task.log_metric("imbalance", imbalance)

show_markdown(
    f"- The most frequent digit ({counts.argmax()}) occurs {imbalance:.2f} times as often as the rarest "
    f"({counts.argmin()}): the classes are {'balanced' if imbalance < 1.5 else 'not balanced'}.\n"
    f"- {nr_blank_pixels} of {spread.size} pixels are the same in all images and tell a model nothing.\n"
    f"- On average a pixel has {mean_ink:.1f} of {datasets.MAX_INK} units of ink."
)
