namespace Scheduler.Server.Demo.Screens;

/// <summary>One line a second, for logs and pipes.</summary>
sealed class PlainScreen(TextWriter to, TimeProvider time) : Screen
{
    public override void Say(string line) => to.WriteLine(line);

    public override async Task CreationAsync(DemoShape shape, Func<Action<long>, Task> work)
    {
        long databases = 0, rows = 0;
        var working = work(written =>
        {
            Interlocked.Increment(ref databases);
            Interlocked.Add(ref rows, written);
        });
        while (await Task.WhenAny(working, Task.Delay(TimeSpan.FromSeconds(1), time)) != working) Line();
        await working;
        Line();

        void Line() => Say($"{Now}  {Interlocked.Read(ref databases):N0}/{shape.Databases:N0} databases  {Interlocked.Read(ref rows):N0}/{shape.TotalRows:N0} rows written");
    }

    public override Task<T> RoundAsync<T>(Func<Action<RoundPicture>, Task<T>> work) => work(picture =>
        Say($"{Now}  {picture.Shards.Completed:N0}/{picture.Shards.Total:N0} shards  {picture.Rows:N0}/{picture.TotalRows:N0} rows  {picture.RowsPerSecond:N0} rows/s  ETA {Words.Span(picture.Eta)}"));

    public override Task<T> ChangesAsync<T>(Func<Action<ChangesPicture>, Task<T>> work) => work(picture =>
        Say($"{Now}  {picture.Rounds:N0} rounds  {picture.Seen:N0}/{picture.Written:N0} changed rows seen  lag {Words.Span(picture.Lag)}  {picture.Phase}"));

    public override void Result(DemoResult result)
    {
        Say("");
        foreach (var (name, value) in Words.Of(result)) Say($"{name,-12}  {value,12}");
    }

    string Now => time.GetLocalNow().ToString("HH:mm:ss");
}
