using System.Data.Common;
using System.Text.Json;
using Scheduler.Executions;
using Scheduler.Running;
using static Scheduler.Storage.Rows.Columns<Scheduler.Running.EntityWrite.OfExecution>;
using static Scheduler.Storage.Rows.Instants;

namespace Scheduler.Storage.Rows;

/// <summary>Executions as rows of <c>schedule_execution</c>.</summary>
static class ExecutionRows
{
    public static readonly Table Table = new("schedule_execution", ["id"],
    [
        Text("id", write => write.State.Id.Value, Written.Once),
        Number("version", write => write.ExpectedVersion + 1),
        Number("write_id", write => write.WriteId),
        Number("state_version", _ => StoredJson.Version),
        Text("seed", write => StoredJson.Write(new ExecutionOrigin(write.State.Seed, write.State.CreatedAt)), Written.Once),
        Number("status", write => Codes.ExecutionStatus.Of(write.State.Status)),
        Number("attempt", write => write.State.Attempt),
        Number("fencing_token", write => write.State.FencingToken),
        Number("items_total", write => write.State.Items.Total),
        Number("items_completed", write => write.State.Items.Completed),
        Number("items_running", write => write.State.Items.Running),
        Number("items_failed", write => write.State.Items.Failed),
        Number("process_count", write => write.State.Rows),
        Text("node", write => write.State.Node),
        Number("started_at", write => Milliseconds(write.State.StartedAt)),
        Number("ended_at", write => Milliseconds(write.State.EndedAt)),
        Number("wake_at", write => Milliseconds(write.State.WakeAt)),
        Text("state", Rest),
        Text("result", write => write.State.Result?.GetRawText()),
        Text("error", write => Storable.Mend(write.State.Error)),
        Number("time_rest", write => Pack(write.State.WakeAt, write.State.EndedAt, write.State.StartedAt)),
        Number("task_id", write => write.State.Seed.TaskId, Written.Once),
        Text("tenant", write => write.State.Seed.Tenant, Written.Once),
        Text("task_name", write => write.State.Seed.TaskName, Written.Once),
        Number("trigger_kind", write => Codes.Trigger.Of(write.State.Seed.Trigger), Written.Once),
        Number("total_version", write => write.State.Seed.Sequence, Written.Once),
        Number("scheduled_at", write => Milliseconds(write.State.Seed.ScheduledAt), Written.Once),
        Number("created_at", write => Milliseconds(write.State.CreatedAt), Written.Once),
    ]);

    static string? Rest(EntityWrite.OfExecution write)
    {
        var state = write.State;
        var rest = new ExecutionRest(state.Stopping, state.AbandonAt, state.RetryAt, state.Probed ? true : null)
        {
            Past = state.Past.IsEmpty ? null : [.. state.Past.Select(past => past with { Error = Storable.Mend(past.Error) })],
            RunStartedAt = state.Past.IsEmpty && state.RunStartedAt == state.StartedAt ? null : state.RunStartedAt,
            Lost = state.Lost == 0 ? null : state.Lost,
            Interrupted = state.Interrupted ? true : null,
            Stack = Storable.Mend(state.Stack),
            Admission = state.Admission == Admission.None ? null : state.Admission,
        };
        return rest == new ExecutionRest(StopReason.None, null, null) ? null : StoredJson.Write(rest);
    }

    public static Stored<ExecutionState> Read(DbDataReader reader)
    {
        var row = new Row(reader);
        row.Skip<string>(); // id: the seed has it
        var (version, writeId) = (row.Number(), row.Number());
        StoredJson.Expect(row.Number());
        var origin = StoredJson.Read<ExecutionOrigin>(row.Text());
        var state = new ExecutionState
        {
            Seed = origin.Seed,
            CreatedAt = origin.CreatedAt,
            Status = Codes.ExecutionStatus.From(row.Number()),
            Attempt = row.Int(),
            FencingToken = row.Number(),
            Items = new(row.Int(), row.Int(), row.Int(), row.Int()),
            Rows = row.Number(),
            Node = row.TextOrNull(),
        };
        var (startedAt, endedAt, wakeAt) = (row.NumberOrNull(), row.NumberOrNull(), row.NumberOrNull());
        var seldom = row.TextOrNull() is { } json ? StoredJson.Read<ExecutionRest>(json) : null;
        var (result, error, rest) = (row.TextOrNull(), row.TextOrNull(), row.Number());
        var started = From(startedAt, Unpack(ref rest));
        return new(state with
        {
            StartedAt = started,
            EndedAt = From(endedAt, Unpack(ref rest)),
            WakeAt = From(wakeAt, Unpack(ref rest)),
            Stopping = seldom?.Stopping ?? StopReason.None,
            AbandonAt = seldom?.AbandonAt,
            RetryAt = seldom?.RetryAt,
            Probed = seldom?.Probed ?? false,
            Past = seldom?.Past ?? [],
            RunStartedAt = seldom?.RunStartedAt ?? (seldom?.Past is null && !origin.Seed.Polls ? started : null),
            Lost = seldom?.Lost ?? 0,
            Interrupted = seldom?.Interrupted ?? false,
            Stack = seldom?.Stack,
            Admission = seldom?.Admission ?? Admission.None,
            Result = result is null ? null : StoredJson.Read<JsonElement>(result),
            Error = error,
        }, version, writeId);
    }
}
