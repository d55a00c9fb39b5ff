using System.Collections.Immutable;
using System.Data.Common;
using Scheduler.Running;
using Scheduler.Tenants;
using static Scheduler.Storage.Rows.Columns<Scheduler.Running.EntityWrite.OfTenant>;

namespace Scheduler.Storage.Rows;

/// <summary>What a tenant remembers beside its name.</summary>
sealed record TenantRest(DateTimeOffset? PausedAt, long Arrivals, ImmutableArray<Admitted> Running, ImmutableArray<Queued> Waiting);

/// <summary>Tenants as rows of <c>schedule_tenant</c>.</summary>
static class TenantRows
{
    public static readonly Table Table = new("schedule_tenant", ["name"],
    [
        Text("name", write => write.State.Name.Value, Written.Once),
        Number("version", write => write.ExpectedVersion + 1),
        Number("write_id", write => write.WriteId),
        Number("state_version", _ => StoredJson.Version),
        Number("paused_at", write => Instants.Milliseconds(write.State.PausedAt)),
        Number("at_once", write => write.State.Limit),
        Number("places", write => write.State.Running.Length + write.State.Waiting.Length),
        Text("state", write => StoredJson.Write(new TenantRest(write.State.PausedAt, write.State.Arrivals, write.State.Running, write.State.Waiting))),
    ]);

    public static Stored<TenantState> Read(DbDataReader reader)
    {
        var row = new Row(reader);
        var (name, version, writeId) = (row.Text(), row.Number(), row.Number());
        StoredJson.Expect(row.Number());
        row.Skip<long?>(); // paused_at: the JSON has it exactly
        var limit = row.NumberOrNull();
        row.Number(); // places: the JSON has them
        var rest = StoredJson.Read<TenantRest>(row.Text());
        return new(new()
        {
            Name = new(name),
            PausedAt = rest.PausedAt,
            Limit = (int?)limit,
            Arrivals = rest.Arrivals,
            Running = rest.Running,
            Waiting = rest.Waiting,
        }, version, writeId);
    }
}
