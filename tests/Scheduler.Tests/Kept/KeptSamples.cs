using System.Runtime.CompilerServices;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Scheduler.Tests.Kept;

/// <summary>
/// What older programs have written, in a file beside the test: by its kind, one sample or more. Samples never change. What a new member or a new kind
/// looks like is added to them by <c>ACCEPT_SAMPLES=1 dotnet test</c>; the next program has to read it from then on.
/// </summary>
sealed class KeptSamples
{
    static readonly JsonSerializerOptions format = new() { WriteIndented = false, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    static readonly bool accepts = Environment.GetEnvironmentVariable("ACCEPT_SAMPLES") is not null;

    readonly string path;
    readonly SortedDictionary<string, List<JsonNode>> samples = new(StringComparer.Ordinal);
    readonly List<string> wrong = [];
    readonly HashSet<string> known = [];

    KeptSamples(string path)
    {
        this.path = path;
        if (!File.Exists(path)) return;
        foreach (var (kind, kept) in JsonNode.Parse(File.ReadAllText(path))!.AsObject()) samples[kind] = [.. kept!.AsArray().Select(each => each!.DeepClone())];
    }

    /// <summary>The samples of a file in the folder of whoever calls.</summary>
    public static KeptSamples Of(string file, [CallerFilePath] string caller = "") => new(Path.Combine(Path.GetDirectoryName(caller)!, file));

    /// <summary>Reads each sample of a kind with today's code and writes it again: all that it says must be said again, at the same place.</summary>
    /// <param name="kind">The kind.</param>
    /// <param name="full">What today's code writes where every member is set: the samples have each of its members.</param>
    /// <param name="again">Reads a text with today's code, and writes what was understood.</param>
    public void Check(string kind, string full, Func<string, string> again)
    {
        known.Add(kind);
        var kept = samples.TryGetValue(kind, out var found) ? found : samples[kind] = [];
        var members = new HashSet<string>(kept.SelectMany(each => Members(each, "")));
        var lacking = Members(JsonNode.Parse(full), "").Where(member => !members.Contains(member)).ToList();
        if (lacking.Count > 0 || kept.Count == 0)
        {
            if (accepts) kept.Add(JsonNode.Parse(full)!);
            else wrong.Add($"{kind}: expected a sample with {(kept.Count == 0 ? "anything" : string.Join(", ", lacking))}, {Path.GetFileName(path)} has none: run this with ACCEPT_SAMPLES=1, and look at what it adds");
        }
        foreach (var sample in kept)
        {
            try
            {
                Compare(kind, sample, JsonNode.Parse(again(sample.ToJsonString(format))));
            }
            catch (Exception unread) when (unread is not OutOfMemoryException)
            {
                wrong.Add($"{kind}: expected it to be read, got {unread.Message}; the sample is {sample.ToJsonString(format)}");
            }
        }
    }

    /// <summary>Fails where a sample was not understood, is missing, or is of a kind that nobody knows any more.</summary>
    public void Finish()
    {
        wrong.AddRange(samples.Keys.Where(kind => !known.Contains(kind)).Select(kind => $"{kind}: older programs write it, and nobody reads it any more"));
        if (accepts) File.WriteAllText(path, "{\n" + string.Join(",\n", samples.Select(each =>
            $"  {JsonSerializer.Serialize(each.Key, format)}: [\n{string.Join(",\n", each.Value.Select(sample => "    " + sample.ToJsonString(format)))}\n  ]")) + "\n}\n");
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    void Compare(string at, JsonNode? said, JsonNode? understood)
    {
        switch (said, understood)
        {
            case (JsonObject one, JsonObject other):
                foreach (var (name, value) in one) Compare($"{at}.{name}", value, other[name]);
                break;
            case (JsonArray one, JsonArray other) when one.Count == other.Count:
                for (var index = 0; index < one.Count; index++) Compare($"{at}[{index}]", one[index], other[index]);
                break;
            default:
                if (!JsonNode.DeepEquals(said, understood)) wrong.Add($"{at}: expected {said?.ToJsonString(format)} to be understood, got {understood?.ToJsonString(format) ?? "nothing"}");
                break;
        }
    }

    static IEnumerable<string> Members(JsonNode? node, string at) => node switch
    {
        JsonObject members => members.SelectMany(member => Members(member.Value, $"{at}.{member.Key}").Prepend($"{at}.{member.Key}")),
        JsonArray items => items.SelectMany(item => Members(item, $"{at}[]")),
        _ => [],
    };
}
