using System.Data.Common;
using System.Globalization;
using Scheduler;

namespace Shop;

/// <summary>Copies all orders into the search index: how a row is read, and how rows are processed, and nothing else.</summary>
public sealed class IndexOrders(OrderDatabases databases, SearchIndex index) : SqlPollingHandler<Order>
{
    protected override string KeyColumn => "id";

    protected override string Columns => "id, customer, amount";

    protected override async ValueTask<DbConnection> OpenAsync(PollingShard shard, CancellationToken cancellationToken) => await databases.OpenAsync(shard.Database, cancellationToken);

    protected override Order Read(DbDataReader reader) => new(reader.GetInt64(0), reader.GetString(1), decimal.Parse(reader.GetString(2), CultureInfo.InvariantCulture));

    public override Cursor CursorOf(Order order) => Cursor.At(order.Id);

    public override ValueTask<IReadOnlyList<RowFailure>> ProcessAsync(PollingShard shard, PollingBatch<Order> batch, CancellationToken cancellationToken)
    {
        foreach (var order in batch.Rows) index.Put(shard.Database, shard.Table, order);
        return new(RowFailure.None);
    }
}
