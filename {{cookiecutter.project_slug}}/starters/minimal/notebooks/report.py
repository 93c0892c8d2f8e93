# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Report
#
# Draws the measurements and says what they show.

# %%
import matplotlib.pyplot as plt
import numpy as np
from pynb_dag_runner import current_task

# %% tags=["parameters"]
nr_bins: int = 20  # bars of the histogram

# %%
task = current_task()
measurements = np.array(task.needs["measure"].value)

# %%
figure, axes = plt.subplots(figsize=(8, 3))
axes.hist(measurements, bins=nr_bins)
axes.set(title=f"{len(measurements)} measurements", xlabel="value", ylabel="how often")
task.log_figure("measurements.png", figure)

# %% [markdown]
# ## Conclusion

# %%
mean = float(measurements.mean())
standard_error = float(measurements.std(ddof=1) / np.sqrt(len(measurements)))
task.log_metrics({"mean": mean, "standard_error": standard_error})

print(f"The mean of {len(measurements)} measurements is {mean:.2f} ± {standard_error:.2f}.")
