using Microsoft.Extensions.Logging;

namespace Scheduler.Running.Logs;

/// <summary>The months' tables: made before their month begins, dropped when it is long over. Every node looks after them; doing it twice changes nothing.</summary>
sealed class LogTables(Node node)
{
    public async Task TendAsync(CancellationToken cancellationToken)
    {
        var now = node.Clock.Now;
        var (month, oldest) = (LogMonth.Of(now), now - node.Limits.Logs.Retention);
        var known = await node.Store.LogMonthsAsync(cancellationToken);
        foreach (var wanted in new[] { month, month.Next })
            if (!known.Contains(wanted)) await node.Store.MakeLogMonthAsync(wanted, cancellationToken);
        foreach (var old in known.Where(each => each.Next.Start <= oldest))
        {
            await node.Store.DropLogMonthAsync(old, cancellationToken);
            node.Log.LogInformation("The lines of {Month} are older than {Retention}: their table was dropped", old.Start.ToString("yyyy-MM", System.Globalization.CultureInfo.InvariantCulture), node.Limits.Logs.Retention);
        }
    }
}
