using System.Runtime.CompilerServices;

namespace Scheduler.Tests.Contracts;

/// <summary>What business applications compile against changes only when somebody means it to.</summary>
public sealed class PublicApiTests
{
    [Fact]
    public void The_public_interface_is_the_accepted_one()
    {
        var file = Path.Combine(Folder(), "PublicApi.txt");
        var actual = PublicApi.Of(typeof(ISchedulerClient).Assembly);
        if (Environment.GetEnvironmentVariable("ACCEPT_API") == "1") File.WriteAllText(file, actual);

        var accepted = File.Exists(file) ? File.ReadAllText(file).ReplaceLineEndings("\n") : "";
        Assert.True(accepted == actual, $"Scheduler.Contracts shows something else than PublicApi.txt says:\n{Difference(accepted, actual)}\nIf that is meant: ACCEPT_API=1 ./test.sh");
    }

    [Fact]
    public void A_difference_shows_what_went_and_what_came() =>
        Assert.Equal("- class A\n-     int X\n+ class C\n+     int Y", Difference("class A\n    int X\nclass B\n    int Z\n", "class B\n    int Z\nclass C\n    int Y\n"));

    /// <summary>Lines of the one that are not lines of the other, each below the type that it belongs to.</summary>
    static string Difference(string accepted, string actual) =>
        string.Join('\n', Without(accepted, actual).Select(line => $"- {line}").Concat(Without(actual, accepted).Select(line => $"+ {line}")));

    static IEnumerable<string> Without(string some, string others)
    {
        var known = Qualified(others).Select(line => line.Key).ToHashSet();
        var told = "";
        foreach (var (key, type, line) in Qualified(some).Where(line => !known.Contains(line.Key)))
        {
            if (line != type && told != type) yield return type;
            told = type;
            yield return line;
        }
    }

    static IEnumerable<(string Key, string Type, string Line)> Qualified(string listing)
    {
        var type = "";
        foreach (var line in listing.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line[0] != ' ') type = line;
            yield return (type + line, type, line);
        }
    }

    static string Folder([CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;
}
