using System.CommandLine;
using Scheduler.Benchmarks;
using Scheduler.Cluster.Benchmarks;
using Scheduler.Cluster.Benchmarks.Hosts;

// dotnet run -c Release --project tests/Scheduler.Cluster.Benchmarks -- polling|dispatch|recovery|idle|startup|lease [--store postgresql|mysql] [--quick]
const int Failed = 1, Usage = 2, Interrupted = 130;

var quick = new Option<bool>("--quick") { Description = "Less of everything: to see that it works, not to be quoted.", Recursive = true };
var store = new Option<string>("--store") { Description = "postgresql (the default) or mysql, which is MariaDB here.", DefaultValueFactory = _ => SharedServer.PostgreSql, Recursive = true };
store.AcceptOnlyFromAmong(SharedServer.PostgreSql, SharedServer.MySql);

var root = new RootCommand("The cluster beside the embedded host, on one database server that the run starts and ends.")
{
    Named("polling", "Rows a second of a round over 64 × 63 tables: embedded host, one silo, three silos.", PollingBenchmark.RunAsync),
    Named("dispatch", "Empty executions a second, all due at once: embedded host, one silo.", DispatchBenchmark.RunAsync),
    Named("recovery", "Seconds after kill -9 until each of the silo's shards has a run elsewhere.", RecoveryBenchmark.RunAsync),
    Named("idle", "Bytes of an idle task and of an idle shard: embedded host, one silo.", IdleBenchmark.RunAsync),
    Named("startup", "Seconds from a process' start to its first answer and to its shards: silo, standalone server.", StartupBenchmark.RunAsync),
    Named("lease", "What the check of the lease in each transaction costs; PostgreSQL alone has it.", LeaseBenchmark.RunAsync),
};
root.Options.Add(quick);
root.Options.Add(store);

var parsed = root.Parse(args);
if (parsed.Errors.Count > 0)
{
    foreach (var error in parsed.Errors) Console.Error.WriteLine(error.Message);
    return Usage;
}
try
{
    // An interrupted run has the time to end what it has started.
    return await parsed.InvokeAsync(new() { ProcessTerminationTimeout = TimeSpan.FromMinutes(1), EnableDefaultExceptionHandler = false });
}
catch (Exception failure)
{
    Console.Error.WriteLine(failure);
    return Failed;
}

Command Named(string name, string description, Func<Run, Task> benchmark)
{
    var command = new Command(name, description);
    command.SetAction(async (given, stop) =>
    {
        try
        {
            await benchmark(new(given.GetValue(quick), given.GetValue(store)!, stop));
            return 0;
        }
        catch (Exception) when (stop.IsCancellationRequested) // Ctrl-C reaches the silos' processes too, which end as they may
        {
            Report.Note("Interrupted: what the run has started is ended.");
            return Interrupted;
        }
    });
    return command;
}
