# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Benchmark a model
#
# How good is the model on images that it has not seen? It is read from its ONNX file and run by onnxruntime, as an
# application would. Each digit is scored against the nine others.

# %%
from pynb_dag_runner import current_task

from {{ cookiecutter.__package }} import datasets, models, plots
from {{ cookiecutter.__package }}.display import show_figure, show_markdown

# %% tags=["parameters"]
nr_train_images: int = 600  # which of the models: the one that learned from so many images

# %%
task = current_task()
train = task.needs["train-model"]
test = datasets.load(train.output("test.npz"))
predicted = models.probabilities(train.output("model.onnx"), test.images)

# %% [markdown]
# ## Probabilities
#
# A good model gives a high probability to images of the digit (blue) and a low one to all others (grey).

# %%
task.log_figure("probabilities.png", show_figure(plots.probability_histograms(test.labels, predicted)))

# %% [markdown]
# ## ROC curves
#
# Wherever the line between "is this digit" and "is another" is drawn: how many are found, at the price of how many
# false alarms?

# %%
scores = models.score(test.labels, predicted)
task.log_figure("roc-curves.png", show_figure(plots.roc_curves(scores)))

# %% [markdown]
# ## Mistakes

# %%
confusion = models.confusion(test.labels, predicted)
task.log_value("confusion", confusion.tolist())
task.log_figure("confusion-matrix.png", show_figure(plots.confusion_matrix(confusion)))

# %% [markdown]
# ## Conclusion

# %%
for score in scores:
    task.log_metric(f"roc_auc_{score.digit}", score.roc_auc)
    task.log_metric(f"precision_{score.digit}", score.precision)
    task.log_metric(f"recall_{score.digit}", score.recall)

roc_auc = sum(score.roc_auc for score in scores) / len(scores)
accuracy = float(confusion.trace() / confusion.sum())
task.log_metrics({"roc_auc": roc_auc, "accuracy": accuracy})

# %%
rows = [f"| {s.digit} | {s.roc_auc:.4f} | {s.precision:.3f} | {s.recall:.3f} |" for s in scores]
table = "\n".join(["| digit | ROC AUC | precision | recall |", "| --- | --- | --- | --- |", *rows])
worst = min(scores, key=lambda score: score.roc_auc)
conclusion = (
    f"With {nr_train_images} training images the model names **{100 * accuracy:.1f} %** of {len(test)} unseen images "
    f"correctly; the mean ROC AUC is **{roc_auc:.4f}**. The hardest digit is {worst.digit}.\n\n{table}\n"
)
task.log_text("conclusion.md", conclusion)
show_markdown(conclusion)
