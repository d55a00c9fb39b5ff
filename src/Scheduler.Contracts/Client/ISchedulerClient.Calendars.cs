namespace Scheduler;

public partial interface ISchedulerClient
{
    /// <summary>Creates an exclusion calendar, or replaces the one of that name; the tasks that use it go by the new one from then on.</summary>
    /// <param name="definition">The whole calendar.</param>
    /// <param name="ifVersion">The <see cref="CalendarView.Version"/> that is replaced; null creates it, or replaces whichever there is.</param>
    /// <param name="cancellationToken">Stops the wait, not the change.</param>
    /// <exception cref="SchedulerException">The definition is invalid, the version is another by now, or the tenant has as many as it may.</exception>
    Task<CalendarView> PutCalendarAsync(CalendarDefinition definition, long? ifVersion = null, CancellationToken cancellationToken = default);

    /// <summary>The calendar of that name.</summary>
    /// <exception cref="SchedulerException">There is none.</exception>
    Task<CalendarView> GetCalendarAsync(string name, CancellationToken cancellationToken = default);

    /// <summary>The calendars, by name.</summary>
    Task<Page<CalendarView>> ListCalendarsAsync(CalendarQuery query, CancellationToken cancellationToken = default);

    /// <summary>Deletes a calendar that no task uses.</summary>
    /// <param name="name">The calendar's name.</param>
    /// <param name="ifVersion">The <see cref="CalendarView.Version"/> that is deleted; null: whichever there is.</param>
    /// <param name="cancellationToken">Stops the wait, not the change.</param>
    /// <exception cref="SchedulerException">There is no such calendar, tasks use it, or the version is another by now.</exception>
    Task DeleteCalendarAsync(string name, long? ifVersion = null, CancellationToken cancellationToken = default);

    /// <summary>The instants at which a task with this schedule would be due. Of a delay only the first is known before it has run.</summary>
    /// <exception cref="SchedulerException">The schedule is invalid, or the count is out of its bounds.</exception>
    Task<IReadOnlyList<DateTimeOffset>> PreviewScheduleAsync(SchedulePreview preview, CancellationToken cancellationToken = default);
}
