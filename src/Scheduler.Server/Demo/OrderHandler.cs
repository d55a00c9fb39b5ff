using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace Scheduler.Server.Demo;

/// <summary>Reads the demo's tables and writes each row that it sees to the ledger, before it says that the batch is done.</summary>
sealed class OrderHandler(DemoDirectory directory, Ledger ledger, TimeSpan work, bool readsChanges = false) : SqlPollingHandler<OrderRow>
{
    readonly DemoShape shape = directory.CompleteShape;

    protected override string KeyColumn => "id";

    protected override string? TimeColumn => readsChanges ? "updated_at" : null;

    protected override SqlTimeType TimeType => SqlTimeType.EpochMilliseconds;

    protected override string Columns => "id, amount, customer, updated_at";

    protected override async ValueTask<DbConnection> OpenAsync(PollingShard shard, CancellationToken cancellationToken)
    {
        var connection = new SqliteConnection($"Data Source={directory.Source(shard.Database)};Mode=ReadOnly");
        await connection.OpenAsync(cancellationToken);
        return connection;
    }

    protected override OrderRow Read(DbDataReader reader) => new(reader.GetInt64(0), reader.GetInt64(1), reader.GetString(2), reader.GetInt64(3));

    public override Cursor CursorOf(OrderRow row) => readsChanges ? Cursor.At(row.UpdatedAt, row.Id) : Cursor.At(row.Id);

    public override async ValueTask<IReadOnlyList<RowFailure>> ProcessAsync(PollingShard shard, PollingBatch<OrderRow> batch, CancellationToken cancellationToken)
    {
        if (work > TimeSpan.Zero) await Task.Delay(work, cancellationToken);
        ledger.Append(shape.NumberOf(shard.Database, shard.Table), batch.FencingToken, batch.Rows);
        return RowFailure.None;
    }
}
