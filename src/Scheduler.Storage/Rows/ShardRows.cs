using System.Data.Common;
using Scheduler.Executions;
using Scheduler.Running;
using Scheduler.Shards;
using static Scheduler.Storage.Rows.Columns<Scheduler.Running.EntityWrite.OfShard>;
using static Scheduler.Storage.Rows.Instants;

namespace Scheduler.Storage.Rows;

/// <summary>Shards as rows of <c>schedule_task_item</c>: plain columns only, since every page is a write.</summary>
static class ShardRows
{
    public static readonly Table Table = new("schedule_task_item", ["task_id", "id"],
    [
        Number("task_id", write => write.State.Key.TaskId, Written.Once),
        Number("id", write => write.State.Key.ShardId, Written.Once),
        Number("version", write => write.ExpectedVersion + 1),
        Number("write_id", write => write.WriteId),
        Text("tenant", write => write.State.Tenant, Written.Once),
        Text("db_name", write => write.State.Database, Written.Once),
        Text("db_table", write => write.State.Table, Written.Once),
        Number("status", write => Codes.ShardStatus.Of(write.State.Status)),
        Number("total_version", write => write.State.Round),
        Text("execution_id", write => write.State.Execution.Value),
        Number("fencing_token", write => write.State.FencingToken),
        Number("rewind_epoch", write => write.State.RewindEpoch),
        Text("operation", Asked),
        Text("cursor_time", write => write.State.Cursor.Time),
        Text("cursor_id", write => write.State.Cursor.Key),
        Text("highest_id", write => write.State.HighestKey),
        Number("bounded", write => write.State.Bounded ? 1 : 0),
        Number("incremental", write => write.State.Incremental ? 1 : 0),
        Number("pass_from", write => Units(write.State.From)),
        Number("pass_before", write => Units(write.State.Before)),
        Number("process_count", write => write.State.Rows),
        Number("page_count", write => write.State.Pages),
        Number("total_count", write => write.State.TotalRows),
        Number("attempt", write => write.State.Attempt),
        Text("node", write => write.State.Node),
        Text("error", write => Storable.Mend(write.State.Error)),
        Number("created_at", write => Milliseconds(write.State.CreatedAt), Written.Once),
        Number("started_at", write => Milliseconds(write.State.StartedAt)),
        Number("updated_at", write => Milliseconds(write.State.UpdatedAt)),
        Number("retry_at", write => Milliseconds(write.State.RetryAt)),
        // updated_at comes last, so that SQL has its rest at hand: the latest change of a round is asked for.
        Number("time_rest", write => Pack(write.State.RetryAt, write.State.StartedAt, write.State.CreatedAt, write.State.UpdatedAt)),
    ]) { Steady = ["total_version", "status"] };

    /// <summary>What people asked of the shard; null where they asked nothing, as of nearly all shards nearly always.</summary>
    static string? Asked(EntityWrite.OfShard write) => write.State is { PausedFrom: ShardStatus.None, RewindTo: null } ? null
        : StoredJson.Write(new ShardOperation(write.State.PausedFrom, write.State.RewindTo));

    static ShardStatus Asked(string? json, out RewindPlace? rewindTo)
    {
        var asked = json is null ? null : StoredJson.Read<ShardOperation>(json);
        rewindTo = asked?.RewindTo;
        return asked?.PausedFrom ?? ShardStatus.None;
    }

    public static Stored<ShardState> Read(DbDataReader reader)
    {
        var row = new Row(reader);
        var (key, version, writeId) = (new ShardKey(row.Number(), row.Number()), row.Number(), row.Number());
        var state = new ShardState
        {
            Key = key,
            Tenant = row.Text(),
            Database = row.Text(),
            Table = row.Text(),
            Status = Codes.ShardStatus.From(row.Number()),
            Round = row.Number(),
            Execution = new ExecutionId(row.TextOrNull()!), // null before the first round, as the default is
            FencingToken = row.Number(),
            RewindEpoch = row.Number(),
            PausedFrom = Asked(row.TextOrNull(), out var rewindTo),
            RewindTo = rewindTo,
            Cursor = new(row.TextOrNull(), row.TextOrNull()),
            HighestKey = row.TextOrNull(),
            Bounded = row.Number() == 1,
            Incremental = row.Number() == 1,
            From = OfUnits(row.NumberOrNull()),
            Before = OfUnits(row.NumberOrNull()),
            Rows = row.Number(),
            Pages = row.Number(),
            TotalRows = row.Number(),
            Attempt = row.Int(),
            Node = row.TextOrNull(),
            Error = row.TextOrNull(),
        };
        var (createdAt, startedAt, updatedAt, retryAt, rest) = (row.Number(), row.NumberOrNull(), row.Number(), row.NumberOrNull(), row.Number());
        return new(state with
        {
            UpdatedAt = From(updatedAt, Unpack(ref rest)),
            CreatedAt = From(createdAt, Unpack(ref rest)),
            StartedAt = From(startedAt, Unpack(ref rest)),
            RetryAt = From(retryAt, Unpack(ref rest)),
        }, version, writeId);
    }
}
