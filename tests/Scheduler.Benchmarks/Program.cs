using Scheduler.Benchmarks;
using Scheduler.Benchmarks.Dispatch;
using Scheduler.Benchmarks.Logs;
using Scheduler.Benchmarks.Polling;

// dotnet run -c Release --project tests/Scheduler.Benchmarks -- polling|incremental [--store sqlite|postgresql] | dispatch [--without-quartz] | lateness | logs | rollup | scale [--quick]
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
    case ["incremental"] or ["incremental", "--store", "sqlite"]:
        await IncrementalBenchmark.RunAsync(quick);
        await IdleRoundsBenchmark.RunAsync(quick);
        return 0;
    case ["incremental", "--store", "postgresql"]:
        await IdleRoundsBenchmark.RunOnPostgreSqlAsync(quick);
        return 0;
    case ["dispatch"]:
        await DispatchBenchmark.RunAsync(quick, peer: true);
        return 0;
    case ["dispatch", "--without-quartz"]:
        await DispatchBenchmark.RunAsync(quick, peer: false);
        return 0;
    case ["lateness"]:
        await LatenessBenchmark.RunAsync(quick);
        return 0;
    case ["scale"]:
        await ScaleBenchmark.RunAsync(quick);
        return 0;
    case ["rollup"]:
        await RollUpBenchmark.RunAsync(quick);
        return 0;
    case ["logs"]:
        await LogBenchmark.RunAsync(quick);
        return 0;
    case var other:
        Report.Note($"expected dispatch, lateness, logs, rollup, scale, polling or incremental, the last two with --store sqlite or --store postgresql, got {(other is [] ? "nothing" : $"\"{string.Join(' ', other)}\"")}");
        return 2;
}
