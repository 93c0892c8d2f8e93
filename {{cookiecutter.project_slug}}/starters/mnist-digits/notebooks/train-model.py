# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Train a model
#
# Fits a logistic regression on the first `nr_train_images` images of the training set and hands it over as ONNX, a
# format that is read without scikit-learn and outlives its versions.

# %%
import shutil

from pynb_dag_runner import current_task

from {{ cookiecutter.__package }} import datasets, models
from {{ cookiecutter.__package }}.display import show_markdown

# %% tags=["parameters"]
nr_train_images: int = 600  # how many images the model learns from
seed: int = 0  # of the training

# %%
task = current_task()
split = task.needs["split-train-test"]
train = datasets.load(split.output("train.npz")).first(nr_train_images)

# %% [markdown]
# ## Train

# %%
model = models.train(train, seed)

# %% [markdown]
# ## Hand over
#
# The test set goes along unseen: the benchmark needs the model and the images to judge it by.

# %%
shutil.copy(split.output("test.npz"), task.output("test.npz"))
path = task.output("model.onnx")
path.write_bytes(models.to_onnx(model).SerializeToString())
task.log_artifact("model.onnx", path)

# %% [markdown]
# ## Conclusion
#
# The stored model must say what the trained one says. How good that is, the benchmark finds out: here the model is
# asked about images that it has learned from.

# %%
stored = models.probabilities(path, train.images)
largest_difference = float(abs(stored - model.predict_proba(models.features(train.images))).max())
train_accuracy = float((stored.argmax(axis=1) == train.labels).mean())
if largest_difference > 1e-4:
    raise ValueError(f"the ONNX model differs by {largest_difference} from the one that was trained")

task.log_metrics({"train_accuracy": train_accuracy, "size_bytes": path.stat().st_size})

show_markdown(
    f"The model calls **{100 * train_accuracy:.1f} %** of its {len(train)} training images by the right name. "
    f"As ONNX it takes {path.stat().st_size / 1024:.1f} KiB; its probabilities differ by at most "
    f"{largest_difference:.0e} from those of the model that was trained."
)
