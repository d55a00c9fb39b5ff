using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace Scheduler.Server.Demo;

/// <summary>Reads the demo's tables by key; what is done with the rows is somebody else's.</summary>
abstract class DemoTables(DemoDirectory directory) : SqlPollingHandler<OrderRow>
{
    protected override string KeyColumn => "id";

    protected override string Columns => "id, amount, customer, updated_at";

    protected override async ValueTask<DbConnection> OpenAsync(PollingShard shard, CancellationToken cancellationToken)
    {
        var connection = new SqliteConnection($"Data Source={directory.Source(shard.Database)};Mode=ReadOnly");
        await connection.OpenAsync(cancellationToken);
        return connection;
    }

    protected override OrderRow Read(DbDataReader reader) => new(reader.GetInt64(0), reader.GetInt64(1), reader.GetString(2), reader.GetInt64(3));

    public override Cursor CursorOf(OrderRow row) => Cursor.At(row.Id);
}
