using Scheduler.Server.Demo;

namespace Scheduler.Benchmarks.Polling;

/// <summary>Reads the demo's tables and does nothing with the rows. Everybody who is measured reads through it.</summary>
sealed class IdleOrders(DemoDirectory directory) : DemoTables(directory)
{
    public override ValueTask<IReadOnlyList<RowFailure>> ProcessAsync(PollingShard shard, PollingBatch<OrderRow> batch, CancellationToken cancellationToken) => new(RowFailure.None);
}
