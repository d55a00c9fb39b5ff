using Scheduler.Benchmarks;
using Scheduler.Benchmarks.Logs;
using Scheduler.Benchmarks.Polling;

// dotnet run -c Release --project tests/Scheduler.Benchmarks -- polling [--store sqlite|postgresql] | incremental | logs [--quick]
var quick = args.Contains("--quick");
switch (args.Where(argument => argument != "--quick").ToArray())
{
    case ["polling"] or ["polling", "--store", "sqlite"]:
        await FlatCostBenchmark.RunAsync(quick);
        await PollingBenchmark.RunAsync(quick);
        return 0;
    case ["polling", "--store", "postgresql"]:
        await PollingBenchmark.RunOnPostgreSqlAsync(quick);
        return 0;
    case ["incremental"]:
        await IncrementalBenchmark.RunAsync(quick);
        return 0;
    case ["logs"]:
        await LogBenchmark.RunAsync(quick);
        return 0;
    case var other:
        Report.Note($"expected incremental, logs, polling, polling --store sqlite or polling --store postgresql, got {(other is [] ? "nothing" : $"\"{string.Join(' ', other)}\"")}");
        return 2;
}
