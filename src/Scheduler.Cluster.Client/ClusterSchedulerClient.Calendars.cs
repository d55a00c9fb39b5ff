using System.Text.Json;

namespace Scheduler.Cluster;

public sealed partial class ClusterSchedulerClient
{
    /// <inheritdoc/>
    public Task<CalendarView> PutCalendarAsync(CalendarDefinition definition, long? ifVersion = null, CancellationToken cancellationToken = default) =>
        RunAsync<CalendarView>([(nameof(definition), definition), (nameof(ifVersion), ifVersion)], cancellationToken);

    /// <inheritdoc/>
    public Task<CalendarView> GetCalendarAsync(string name, CancellationToken cancellationToken = default) => ReadAsync<CalendarView>([(nameof(name), name)], cancellationToken);

    /// <inheritdoc/>
    public Task<Page<CalendarView>> ListCalendarsAsync(CalendarQuery query, CancellationToken cancellationToken = default) => ReadAsync<Page<CalendarView>>([(nameof(query), query)], cancellationToken);

    /// <inheritdoc/>
    public Task DeleteCalendarAsync(string name, long? ifVersion = null, CancellationToken cancellationToken = default) =>
        ChangeAsync<JsonElement?>([(nameof(name), name), (nameof(ifVersion), ifVersion)], cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<DateTimeOffset>> PreviewScheduleAsync(SchedulePreview preview, CancellationToken cancellationToken = default) =>
        ReadAsync<IReadOnlyList<DateTimeOffset>>([(nameof(preview), preview)], cancellationToken);
}
