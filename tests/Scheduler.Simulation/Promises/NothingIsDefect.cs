using Scheduler.Executions;
using Scheduler.Running;
using Scheduler.Shards;
using Scheduler.Tasks;

namespace Scheduler.Simulation;

/// <summary>Nothing fails in a way that its author did not foresee.</summary>
sealed class NothingIsDefect : Promise
{
    public override void Logged(string process, string message, Exception? exception)
    {
        if (message.Contains("without a report", StringComparison.Ordinal)) Broken(process, $"{message} {exception}");
    }
}
