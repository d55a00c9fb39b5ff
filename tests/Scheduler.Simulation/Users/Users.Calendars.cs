using System.Globalization;

namespace Scheduler.Simulation;

/// <summary>What people do with exclusion calendars while tasks go by them.</summary>
sealed partial class Users
{
    void ActOnCalendars()
    {
        if (!simulation.Faults.Active) return;
        simulation.World.After(random.Seconds(1, 25), ActOnCalendars);
        if (random.Chance(0.8)) Ask("calendar", PutCalendarAsync);
        else Ask("no calendar", DeleteCalendarAsync);
    }

    Task PutCalendarAsync(Process process)
    {
        var from = simulation.World.Now.TimeOfDay + random.Seconds(0, 20);
        var to = from + random.Seconds(2, 12);
        var never = new CalendarDefinition { Name = Definitions.Calendar, Dates = ["--07-01"] };
        return process.Client.PutCalendarAsync(random.Chance(0.4) ? never : new()
        {
            Name = Definitions.Calendar,
            Weekly = [new() { Days = [.. Enum.GetValues<Weekday>().Where(day => day != Weekday.None)], From = Text(from), To = Text(to) }],
        });

        // The worlds begin just before midnight.
        static string Text(TimeSpan time) => new TimeSpan(time.Hours, time.Minutes, time.Seconds).ToString("hh\\:mm\\:ss", CultureInfo.InvariantCulture);
    }

    static Task DeleteCalendarAsync(Process process) => process.Client.DeleteCalendarAsync(Definitions.Calendar);
}
