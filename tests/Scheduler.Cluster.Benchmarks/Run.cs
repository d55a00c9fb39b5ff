namespace Scheduler.Cluster.Benchmarks;

/// <summary>What a benchmark is asked for.</summary>
/// <param name="Quick">Less of everything.</param>
/// <param name="Store">The dialect of the database.</param>
/// <param name="Stop">Somebody has enough of it: whatever was started is ended on the way out.</param>
readonly record struct Run(bool Quick, string Store, CancellationToken Stop);
