using System.Collections.Immutable;
using System.Data.Common;
using Scheduler.Running;
using Scheduler.Schedules;
using Scheduler.Tasks;
using static Scheduler.Storage.Rows.Columns<Scheduler.Running.EntityWrite.OfTask>;
using static Scheduler.Storage.Rows.Instants;

namespace Scheduler.Storage.Rows;

/// <summary>Tasks as rows of <c>schedule_task</c>.</summary>
static class TaskRows
{
    public static readonly Table Table = new("schedule_task", ["id"],
    [
        Number("id", write => write.State.Id, Written.Once),
        Number("version", write => write.ExpectedVersion + 1),
        Number("write_id", write => write.WriteId),
        Number("state_version", _ => StoredJson.Version),
        Text("tenant", write => write.State.Tenant, Written.Once),
        Text("task_name", write => write.State.Definition.Name, Written.WithDefinition),
        Number("task_type", write => Codes.TaskType.Of(write.State.Definition.Handler.Kind is var kind && kind.Polls() ? HandlerKind.Polling : kind), Written.WithDefinition),
        Text("definition", write => StoredJson.Write(write.State.Definition), Written.WithDefinition),
        Number("revision", write => write.State.Revision),
        Number("total_version", write => write.State.Sequence),
        Number("status", write => Codes.TaskStatus.Of(write.State.Status)),
        Number("created_at", write => Milliseconds(write.State.CreatedAt), Written.Once),
        Number("updated_at", write => Milliseconds(write.State.UpdatedAt)),
        Number("watermark", write => Milliseconds(write.State.Watermark)),
        Number("next_at", write => Milliseconds(write.State.NextAt)),
        Text("open_executions", write => write.State.Open.IsEmpty ? null : StoredJson.Write(write.State.Open)),
        Text("quarantined", write => write.State.Quarantined.IsEmpty ? null : StoredJson.Write(write.State.Quarantined)),
        Text("calendars", write => write.State.Calendars.IsEmpty ? null : StoredJson.Write(write.State.Calendars), Written.WithDefinition),
        Number("uses_calendars", write => write.State.Calendars.IsEmpty ? 0 : 1, Written.WithDefinition),
        Number("ask_calendars_at", write => Units(write.State.AskCalendarsAt)),
        Number("last_end_at", write => Units(write.State.LastEndAt)),
        Number("time_rest", write => Pack(write.State.NextAt, write.State.Watermark, write.State.UpdatedAt, write.State.CreatedAt)),
        Number("wake_at", write => Milliseconds(write.State.WakeAt)),
        Number("open_since", write => Milliseconds(write.State.OpenSince)),
    ]);

    public static Stored<TaskState> Read(DbDataReader reader)
    {
        var row = new Row(reader);
        var (id, version, writeId) = (row.Number(), row.Number(), row.Number());
        StoredJson.Expect(row.Number());
        var tenant = row.Text();
        row.Skip<string>(); // task_name and task_type: the definition has them
        row.Skip<int>();
        var definition = StoredJson.Read<TaskDefinition>(row.Text());
        var (revision, sequence, status) = (row.Number(), row.Number(), Codes.TaskStatus.From(row.Number()));
        var (createdAt, updatedAt, watermark, nextAt) = (row.Number(), row.Number(), row.NumberOrNull(), row.NumberOrNull());
        var open = row.TextOrNull();
        var quarantined = row.TextOrNull();
        var calendars = row.TextOrNull();
        row.Skip<int>(); // uses_calendars
        var (askCalendarsAt, lastEndAt) = (row.NumberOrNull(), row.NumberOrNull());
        var rest = row.Number();
        return new(new()
        {
            Id = id,
            Tenant = tenant,
            Definition = definition,
            Revision = revision,
            Sequence = sequence,
            Status = status,
            CreatedAt = From(createdAt, Unpack(ref rest)),
            UpdatedAt = From(updatedAt, Unpack(ref rest)),
            Watermark = From(watermark, Unpack(ref rest)),
            NextAt = From(nextAt, Unpack(ref rest)),
            Quarantined = quarantined is null ? [] : StoredJson.Read<ImmutableArray<QuarantinedDatabase>>(quarantined),
            Calendars = calendars is null ? [] : StoredJson.Read<ImmutableArray<TaskCalendar>>(calendars),
            AskCalendarsAt = OfUnits(askCalendarsAt),
            LastEndAt = OfUnits(lastEndAt),
            Open = open is null ? [] : StoredJson.Read<ImmutableArray<OpenExecution>>(open),
        }, version, writeId);
    }
}
