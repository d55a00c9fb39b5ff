using System.Net.Http.Headers;

namespace Scheduler.Client;

public sealed partial class HttpSchedulerClient
{
    /// <inheritdoc/>
    public Task<CalendarView> PutCalendarAsync(CalendarDefinition definition, long? ifVersion = null, CancellationToken cancellationToken = default) =>
        connection.SendAsync<CalendarView>(HttpMethod.Put, Path.Of("calendars", definition.Name), definition, cancellationToken, IfMatch(ifVersion));

    /// <inheritdoc/>
    public Task<CalendarView> GetCalendarAsync(string name, CancellationToken cancellationToken = default) =>
        connection.SendAsync<CalendarView>(HttpMethod.Get, Path.Of("calendars", name), null, cancellationToken);

    /// <inheritdoc/>
    public Task<Page<CalendarView>> ListCalendarsAsync(CalendarQuery query, CancellationToken cancellationToken = default) =>
        connection.SendAsync<Page<CalendarView>>(HttpMethod.Get, new Path("calendars").With("cursor", query.Cursor).With("limit", query.Limit), null, cancellationToken);

    /// <inheritdoc/>
    public Task DeleteCalendarAsync(string name, long? ifVersion = null, CancellationToken cancellationToken = default) =>
        connection.SendAsync(HttpMethod.Delete, Path.Of("calendars", name), cancellationToken, IfMatch(ifVersion));

    /// <inheritdoc/>
    public async Task<IReadOnlyList<DateTimeOffset>> PreviewScheduleAsync(SchedulePreview preview, CancellationToken cancellationToken = default) =>
        (await connection.SendAsync<Page<DateTimeOffset>>(HttpMethod.Post, "schedules/preview", preview, cancellationToken)).Items;

    static Action<HttpRequestHeaders> IfMatch(long? version) => headers => { if (version is { } some) headers.IfMatch.Add(new EntityTagHeaderValue($"\"{some}\"")); };
}
