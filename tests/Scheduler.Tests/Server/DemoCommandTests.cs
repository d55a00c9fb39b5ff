using Scheduler.Server.Demo;

namespace Scheduler.Tests.Server;

[Collection(ProcessTests.Name)]
public sealed class DemoCommandTests : IDisposable
{
    static readonly string[] small = ["--databases", "2", "--tables", "3", "--rows", "50"];

    readonly TemporaryDirectory temporary = new();

    public void Dispose() => temporary.Dispose();

    [Theory]
    [InlineData("--databases: expected a whole number from 1 to 1,000, got \"0\"", "--databases", "0")]
    [InlineData("--tables: expected a whole number from 1 to 1,000, got \"many\"", "--tables", "many")]
    [InlineData("--rows: expected a whole number from 1 to 1,000,000, got \"-5\"", "--rows", "-5")]
    [InlineData("--hold-at: expected a whole number from 1 to 99, got \"100\"", "--hold-at", "100")]
    [InlineData("expected at most 100,000 shards, got 1,000,000", "--databases", "1000", "--tables", "1000")]
    [InlineData("--incremental: expected hh:mm:ss from 00:00:01 to 01:00:00, got \"10\"", "--incremental", "10")]
    [InlineData("expected an option that --help names, got \"--sharks\"", "--sharks")]
    public async Task A_wrong_option_is_told_and_nothing_is_made(string expected, params string[] options)
    {
        await using var process = ServerProcess.Demo(temporary, options);
        Assert.Equal(2, await process.ExitCodeAsync());
        Assert.Contains(expected, process.Output);
        Assert.False(Directory.Exists(temporary.In("demo")) && Directory.EnumerateFiles(temporary.In("demo"), "*.db").Any());
    }

    [Fact]
    public async Task A_wrong_command_is_told()
    {
        await using var process = ServerProcess.Run("dmeo");
        Assert.Equal(2, await process.ExitCodeAsync());
        Assert.Contains("got \"dmeo\"", process.Output);
    }

    [Fact]
    public async Task A_directory_of_somebody_else_is_left_alone()
    {
        Directory.CreateDirectory(temporary.In("demo"));
        await File.WriteAllTextAsync(temporary.In("demo/order_00.db"), "precious");
        Assert.Equal(2, (await EndAsync(small)).ExitCode);
        Assert.Equal("precious", await File.ReadAllTextAsync(temporary.In("demo/order_00.db")));
    }

    [Fact]
    public async Task A_round_that_has_ended_is_proved_again_but_not_run_again()
    {
        Assert.Equal(0, (await EndAsync(small)).ExitCode);
        var seen = Ledger.Count(temporary.In("demo/ledger"));
        var again = await EndAsync();
        Assert.Equal(0, again.ExitCode);
        Assert.Contains("--fresh runs another one", again.Output);
        Assert.Equal((300, 300), (seen, Ledger.Count(temporary.In("demo/ledger"))));
    }

    [Fact]
    public async Task A_fresh_round_forgets_the_one_before()
    {
        Assert.Equal(0, (await EndAsync(small)).ExitCode);
        var fresh = await EndAsync("--fresh");
        Assert.Equal(0, fresh.ExitCode);
        Assert.Contains("One full round over 6 shards", fresh.Output);
        Assert.Matches(@"(?m)^seen again +0$", fresh.Output);
    }

    [Fact]
    public async Task Other_numbers_than_the_directory_was_made_with_are_refused()
    {
        Assert.Equal(0, (await EndAsync(small)).ExitCode);
        var other = await EndAsync("--rows", "51");
        Assert.Equal(2, other.ExitCode);
        Assert.Contains("expected 2 databases × 3 tables × 50 rows, as it was made, got 2 databases × 3 tables × 51 rows", other.Output);
    }

    [Fact]
    public async Task Rounds_over_changes_go_on_after_the_full_one_and_lose_nothing()
    {
        string[] options = [.. small, "--incremental", "00:00:02"];
        for (var run = 1; run <= 2; run++) // the second goes on from the first one's rounds
        {
            var ended = await EndAsync(options);
            Assert.True(ended.ExitCode == 0, ended.Output);
            Assert.Matches(@"(?m)changed rows seen  lag \d", ended.Output);
            Assert.Matches(@"(?m)^lost +0$", ended.Output);
            Assert.Matches(@"(?m)^changed +[1-9][0-9,]*$", ended.Output);
        }
        Assert.True(Ledger.Count(temporary.In("demo/ledger")) > 320);
    }

    [Fact]
    public async Task A_round_that_hands_nothing_over_is_not_gone_on_with_incrementally()
    {
        Assert.Equal(0, (await EndAsync(small)).ExitCode);
        var refused = await EndAsync("--incremental", "00:00:01");
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("--fresh runs another one", refused.Output);
    }

    [Fact]
    public async Task A_lost_row_is_found()
    {
        Assert.Equal(0, (await EndAsync(small)).ExitCode);
        await using (var ledger = File.Open(Directory.EnumerateFiles(temporary.In("demo/ledger")).Single(), FileMode.Open)) ledger.SetLength(ledger.Length - 1);
        var proved = await EndAsync();
        Assert.Equal(1, proved.ExitCode);
        Assert.Matches(@"(?m)^lost +1$", proved.Output);
    }

    [Fact]
    public async Task A_creation_that_was_killed_begins_again()
    {
        var directory = new DemoDirectory(temporary.In("demo"));
        directory.Hold().Dispose();
        directory.BeginSources(new(9, 9, 9));
        await File.WriteAllTextAsync(directory.Source("order_01"), "torn");
        await File.WriteAllTextAsync(directory.Source("order_08"), "torn");
        Assert.Equal(0, (await EndAsync(small)).ExitCode);
        Assert.False(File.Exists(directory.Source("order_08")));
    }

    async Task<(int ExitCode, string Output)> EndAsync(params string[] options)
    {
        await using var process = ServerProcess.Demo(temporary, options);
        return (await process.ExitCodeAsync(), process.Output);
    }
}
