using System.Text.Json;

namespace Scheduler.Tests.Server;

/// <summary>What keeps the server from starting is told in a line, and where it is found once it has.</summary>
public sealed class StartUpTests
{
    [Theory]
    [InlineData("notaurl")]
    [InlineData("http://127.0.0.1:99999")]
    [InlineData("ftp://127.0.0.1:5080")]
    [InlineData("http://127.0.0.1:0;nonsense")]
    public async Task An_address_that_is_none_is_told_in_a_line(string urls)
    {
        using var directory = new TemporaryDirectory();
        await using var process = ServerProcess.Run("--urls", urls, "--Scheduler:Storage:Path", directory.In("scheduler.db"));
        Assert.Equal(1, await process.ExitCodeAsync());
        Assert.Equal($"urls: expected addresses such as \"http://127.0.0.1:5080\", parted by \";\", got \"{urls.Split(';')[^1]}\"", process.Output.Trim());
    }

    [Fact]
    public async Task A_file_that_is_no_database_is_told_in_a_line()
    {
        using var directory = new TemporaryDirectory();
        var path = directory.In("scheduler.db");
        await File.WriteAllTextAsync(path, new string('x', 5000));
        await using var process = ServerProcess.Serve(path);
        Assert.Equal(1, await process.ExitCodeAsync());
        Assert.EndsWith($"{path}: expected a file of SQLite that can be read and written, it says: SQLite Error 26: 'file is not a database'.", process.Output.Trim());
        Assert.DoesNotContain("   at ", process.Output); // no stack
        Assert.StartsWith("xxx", await File.ReadAllTextAsync(path));
    }

    [Fact]
    public async Task Its_node_says_where_it_listens()
    {
        using var directory = new TemporaryDirectory();
        await using var process = ServerProcess.Serve(directory.In("scheduler.db"));
        using var http = await process.ListensAsync();
        Assert.Contains("/openapi/v1.json", await http.GetStringAsync("/")); // who opens it in a browser is told where to look
        var expected = http.BaseAddress!.GetLeftPart(UriPartial.Authority);
        await Eventually.GetAsync("the address", async () =>
            JsonDocument.Parse(await http.GetStringAsync("nodes")).RootElement.GetProperty("items")[0].GetProperty("address").GetString() == expected ? expected : null);
    }
}
