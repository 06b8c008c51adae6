"""One file for each library: functions of a workload and a type that give a `Program`."""
