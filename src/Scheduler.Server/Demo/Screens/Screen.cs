using Spectre.Console;

namespace Scheduler.Server.Demo.Screens;

/// <summary>Where the demo shows what it does.</summary>
abstract class Screen
{
    /// <summary>A live picture in a terminal, plain lines anywhere else.</summary>
    public static Screen Choose() => Console.IsOutputRedirected || !AnsiConsole.Profile.Capabilities.Ansi
        ? new PlainScreen(Console.Out, TimeProvider.System)
        : new LiveScreen(AnsiConsole.Console);

    public abstract void Say(string line);

    /// <summary>Shows how the databases are made; <paramref name="work"/> tells of each finished one and its rows.</summary>
    public abstract Task CreationAsync(DemoShape shape, Func<Action<long>, Task> work);

    /// <summary>Shows a round; <paramref name="work"/> brings a new picture about once a second.</summary>
    public abstract Task<T> RoundAsync<T>(Func<Action<RoundPicture>, Task<T>> work);

    /// <summary>Shows rounds over changes; <paramref name="work"/> brings a new picture after each.</summary>
    public abstract Task<T> ChangesAsync<T>(Func<Action<ChangesPicture>, Task<T>> work);

    public abstract void Result(DemoResult result);
}

/// <summary>The end of the demo.</summary>
/// <param name="Proof">What the ledger proves.</param>
/// <param name="Took">From the round's start to its end, pauses included.</param>
/// <param name="Changes">How the rounds over changes ended; null where there were none.</param>
sealed record DemoResult(Proof Proof, TimeSpan Took, ChangesPicture? Changes = null)
{
    public double RowsPerSecond => Proof.Written / Math.Max(Took.TotalSeconds, 0.001);
}
