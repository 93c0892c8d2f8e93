# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Summary
#
# Is it worth labelling more images? Compares all models that this run has trained.

# %%
from pynb_dag_runner import current_task

from {{ cookiecutter.__package }} import plots
from {{ cookiecutter.__package }}.display import show_figure, show_markdown

# %%
task = current_task()
roc_auc_of_size: dict[int, float] = {}
for benchmark in task.needs.all("benchmark-model"):
    size = benchmark.parameters["nr_train_images"]
    assert isinstance(size, int)
    roc_auc_of_size[size] = benchmark.metrics["roc_auc"]

sizes = sorted(roc_auc_of_size)
roc_aucs = [roc_auc_of_size[size] for size in sizes]

# %% [markdown]
# ## Performance against training-set size

# %%
task.log_figure("learning-curve.png", show_figure(plots.learning_curve(sizes, roc_aucs)))

# %% [markdown]
# ## Conclusion

# %%
best = max(sizes, key=lambda size: roc_auc_of_size[size])
gain = roc_aucs[-1] - roc_aucs[0]
task.log_metrics({"best_roc_auc": roc_auc_of_size[best], "best_nr_train_images": best, "gain": gain})

rows = [f"| {size} | {roc_auc_of_size[size]:.4f} |" for size in sizes]
table = "\n".join(["| training images | mean ROC AUC |", "| --- | --- |", *rows])
conclusion = (
    f"The best of {len(sizes)} models learned from **{best}** images (mean ROC AUC {roc_auc_of_size[best]:.4f}). "
    f"Going from {sizes[0]} to {sizes[-1]} images changes it by {gain:+.4f}: "
    f"{'more images still help' if gain > 0.0005 else 'more images hardly matter any more'}.\n\n{table}\n"
)
task.log_text("conclusion.md", conclusion)
show_markdown(conclusion)
