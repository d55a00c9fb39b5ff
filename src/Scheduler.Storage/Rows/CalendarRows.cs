using System.Data.Common;
using Scheduler.Running;

namespace Scheduler.Storage.Rows;

/// <summary>Exclusion calendars as rows of <c>schedule_calendar</c>.</summary>
static class CalendarRows
{
    public const string Select = "SELECT tenant, calendar_name, revision, definition, updated_at FROM schedule_calendar";

    public const string Insert =
        "INSERT INTO schedule_calendar (tenant, calendar_name, revision, definition, updated_at, untold) SELECT @tenant, @name, @revision, @definition, @updated, @untold FROM (SELECT 1 AS one) AS only_one " +
        "WHERE NOT EXISTS (SELECT 1 FROM schedule_calendar AS known WHERE known.tenant = @tenant AND known.calendar_name = @name)";

    public const string Update =
        "UPDATE schedule_calendar SET revision = @revision, definition = @definition, updated_at = @updated, untold = @untold WHERE tenant = @tenant AND calendar_name = @name AND revision = @expected";

    public static (string, object?)[] Parameters(StoredCalendar calendar) =>
    [
        ("@tenant", calendar.Tenant), ("@name", calendar.Name), ("@revision", calendar.Revision), ("@definition", calendar.Definition is { } definition ? StoredJson.Write(definition) : null),
        ("@updated", Instants.Milliseconds(calendar.UpdatedAt)), ("@untold", calendar.Definition is null ? 0 : 1),
    ];

    public static StoredCalendar Read(DbDataReader reader)
    {
        var row = new Row(reader);
        return new(row.Text(), row.Text(), row.Number(), row.TextOrNull() is { } definition ? StoredJson.Read<CalendarDefinition>(definition) : null, Instants.From(row.Number(), 0));
    }
}
