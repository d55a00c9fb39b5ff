using Scheduler.Benchmarks;
using Scheduler.Benchmarks.Polling;

// dotnet run -c Release --project tests/Scheduler.Benchmarks -- polling|incremental [--quick]
var quick = args.Contains("--quick");
switch (args.FirstOrDefault(argument => argument != "--quick"))
{
    case "polling":
        await FlatCostBenchmark.RunAsync(quick);
        await PollingBenchmark.RunAsync(quick);
        return 0;
    case "incremental":
        await IncrementalBenchmark.RunAsync(quick);
        return 0;
    case var other:
        Report.Note($"expected polling or incremental, got {(other is null ? "nothing" : $"\"{other}\"")}");
        return 2;
}
