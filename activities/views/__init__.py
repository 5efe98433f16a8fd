"""Pages of activities, their sites and evidence; of exemplary models and solutions."""
