-- The nightly sweep walks down the groups of some days by their ids, which begin with the moment.
DROP INDEX "notification_group_day_idx";
