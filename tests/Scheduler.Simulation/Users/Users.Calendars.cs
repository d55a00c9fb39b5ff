using System.Globalization;

namespace Scheduler.Simulation;

/// <summary>What people do with exclusion calendars while tasks go by them.</summary>
sealed partial class Users
{
    Task PutCalendarAsync(Process process)
    {
        var from = simulation.World.Now.TimeOfDay + random.Seconds(0, 20);
        var to = from + random.Seconds(2, 12);
        var never = new CalendarDefinition { Name = Definitions.Calendar, Dates = ["--07-01"] };
        return process.Client.PutCalendarAsync(random.Chance(0.4) || to >= TimeSpan.FromDays(1) ? never : new()
        {
            Name = Definitions.Calendar,
            Weekly = [new() { Days = [.. Enum.GetValues<Weekday>().Where(day => day != Weekday.None)], From = Text(from), To = Text(to) }],
        });

        static string Text(TimeSpan time) => time.ToString("hh\\:mm\\:ss", CultureInfo.InvariantCulture);
    }

    static Task DeleteCalendarAsync(Process process) => process.Client.DeleteCalendarAsync(Definitions.Calendar);
}
