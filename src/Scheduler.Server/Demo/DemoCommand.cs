using System.CommandLine;
using System.Globalization;
using Scheduler.Server.Demo.Screens;

namespace Scheduler.Server.Demo;

/// <summary>The command line of the demo.</summary>
static class DemoCommand
{
    public static Command Create()
    {
        var directory = new Option<string>("--dir") { Description = "Where everything is kept; made when it is missing.", DefaultValueFactory = _ => "./demo-data" };
        var databases = Number("--databases", "SQLite databases to make (64).", 1, 1000);
        var tables = Number("--tables", "Tables in each database (63).", 1, 1000);
        var rows = Number("--rows", "Rows in each table (250).", 1, 1_000_000);
        var work = Number("--work-ms", "How long the handler pretends to work on each batch, in milliseconds (0).", 0, 60_000);
        var hold = Number("--hold-at", "Hold the work when this percentage of the rows has been seen, until it is stopped or killed (never).", 1, 99);
        var fresh = new Option<bool>("--fresh") { Description = "Forget the rounds so far: the scheduler's state and the ledger." };
        var incremental = Duration("--incremental", "Go on after the full round with rounds over what changes, for hh:mm:ss, while a writer inserts and updates rows.", TimeSpan.FromSeconds(1), TimeSpan.FromHours(1));
        var command = new Command("demo", "Makes sharded order tables, runs one full round over them, and proves with a ledger that no row was lost. Kill it at any time and start it again: it goes on.")
        {
            directory, databases, tables, rows, work, hold, fresh, incremental,
        };
        command.SetAction((parsed, _) => RunAsync(new(
            parsed.GetValue(directory)!, parsed.GetValue(databases), parsed.GetValue(tables), parsed.GetValue(rows),
            parsed.GetValue(fresh), new(TimeSpan.FromMilliseconds(parsed.GetValue(work) ?? 0), parsed.GetValue(hold))) { Incremental = parsed.GetValue(incremental) }));
        return command;
    }

    static async Task<int> RunAsync(DemoOptions options)
    {
        using var interrupt = new Interrupt();
        var screen = Screen.Choose();
        try
        {
            var directory = new DemoDirectory(options.Directory);
            using var held = directory.Hold();
            return await new DemoRun(directory, options, screen).RunAsync(interrupt.Token);
        }
        catch (OperationCanceledException) when (interrupt.Token.IsCancellationRequested)
        {
            screen.Say($"Stopped. This goes on from here: demo --dir {options.Directory}");
            return interrupt.ExitCode;
        }
        catch (DemoException wrong)
        {
            Console.Error.WriteLine(wrong.Message);
            return wrong.ExitCode;
        }
    }

    static Option<int?> Number(string name, string description, int from, int to) => new(name)
    {
        Description = description,
        CustomParser = result =>
        {
            var given = result.Tokens is [var token] ? token.Value : "";
            if (int.TryParse(given, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= from && number <= to) return number;
            result.AddError($"{name}: expected a whole number from {from:N0} to {to:N0}, got \"{given}\"");
            return null;
        },
    };

    static Option<TimeSpan?> Duration(string name, string description, TimeSpan from, TimeSpan to) => new(name)
    {
        Description = description,
        CustomParser = result =>
        {
            var given = result.Tokens is [var token] ? token.Value : "";
            if (TimeSpan.TryParseExact(given, "c", CultureInfo.InvariantCulture, out var duration) && duration >= from && duration <= to) return duration;
            result.AddError($"{name}: expected hh:mm:ss from {from:c} to {to:c}, got \"{given}\"");
            return null;
        },
    };
}
