using Spectre.Console;
using Spectre.Console.Rendering;

namespace Scheduler.Server.Demo.Screens;

/// <summary>A picture that redraws itself in place.</summary>
sealed class LiveScreen(IAnsiConsole console) : Screen
{
    public override void Say(string line) => console.MarkupLineInterpolated($"{line}");

    public override Task CreationAsync(DemoShape shape, Func<Action<long>, Task> work) => console.Progress()
        .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
        .StartAsync(async context =>
        {
            var bar = context.AddTask($"making {Words.Count(shape.Databases)} databases, {Words.Count(shape.TotalRows)} rows", maxValue: shape.TotalRows);
            await work(rows => bar.Increment(rows));
        });

    public override Task<T> RoundAsync<T>(Func<Action<RoundPicture>, Task<T>> work) => console.Live(new Text("starting …"))
        .StartAsync(context => work(picture => context.UpdateTarget(Draw(picture))));

    public override Task<T> ChangesAsync<T>(Func<Action<ChangesPicture>, Task<T>> work) => console.Live(new Text("starting …"))
        .StartAsync(context => work(picture => context.UpdateTarget(new Markup(
            $"[bold]{Words.Count(picture.Rounds)}[/] rounds   [bold]{Words.Count(picture.Seen)}[/]/{Words.Count(picture.Written)} changed rows seen   lag [bold]{Words.Span(picture.Lag)}[/]   {picture.Phase}"))));

    public override void Result(DemoResult result)
    {
        var table = new Table().Border(TableBorder.Rounded);
        var cells = Words.Of(result).ToList();
        foreach (var (name, _) in cells) table.AddColumn(new TableColumn(name).RightAligned());
        table.AddRow(cells.Select(cell => new Markup(cell.Name == "lost" ? $"[bold {(result.Proof.Lost == 0 ? "green" : "red")}]{cell.Value}[/]" : cell.Value)));
        console.Write(table);
    }

    /// <summary>Bar, numbers, databases, sparkline.</summary>
    static Rows Draw(RoundPicture picture) => new(
        new Markup($"{Blocks.Bar(picture.Share, Blocks.Width)} [bold]{picture.Share:P1}[/]"),
        new Markup($"[bold]{Words.Count(picture.Shards.Completed)}[/]/{Words.Count(picture.Shards.Total)} shards   [bold]{Words.Count(picture.Rows)}[/]/{Words.Count(picture.TotalRows)} rows   [bold]{Words.Count((long)picture.RowsPerSecond)}[/] rows/s   ETA [bold]{Words.Span(picture.Eta)}[/]"),
        new Markup("[grey]databases[/]"),
        new Rows(picture.Databases.Chunk(Blocks.Width).Select(IRenderable (row) => new Markup(Blocks.Heatmap(row)))),
        new Markup("[grey]rows/s[/]"),
        new Markup(Blocks.Sparkline(picture.History, Blocks.Width)));
}
