namespace Scheduler.Server.Demo;

/// <summary>Reads the demo's tables and writes each row that it sees to the ledger, before it says that the batch is done.</summary>
sealed class OrderHandler(DemoDirectory directory, Ledger ledger, DemoWork work, bool readsChanges = false) : DemoTables(directory)
{
    readonly DemoShape shape = directory.CompleteShape;
    readonly string seen = directory.Ledger;

    protected override string? TimeColumn => readsChanges ? "updated_at" : null;

    protected override SqlTimeType TimeType => SqlTimeType.EpochMilliseconds;

    public override Cursor CursorOf(OrderRow row) => readsChanges ? Cursor.At(row.UpdatedAt, row.Id) : base.CursorOf(row);

    public override async ValueTask<IReadOnlyList<RowFailure>> ProcessAsync(PollingShard shard, PollingBatch<OrderRow> batch, CancellationToken cancellationToken)
    {
        await work.DoAsync(() => Ledger.Count(seen), shape.TotalRows, cancellationToken);
        ledger.Append(shape.NumberOf(shard.Database, shard.Table), batch.FencingToken, batch.Rows);
        return RowFailure.None;
    }
}
