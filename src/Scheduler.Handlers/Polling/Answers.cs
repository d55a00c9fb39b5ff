using System.Text;
using System.Text.Json;

namespace Scheduler.Handlers.Polling;

/// <summary>What a receiver says of a batch.</summary>
static class Answers
{
    const int LongestExcerpt = 200;
    const int LongestError = 500;

    /// <summary>The answer's body; null where it is longer than it may be.</summary>
    public static async Task<byte[]?> ReadAsync(HttpResponseMessage answer, int most, CancellationToken cancellationToken)
    {
        if (answer.Content.Headers.ContentLength > most) return null;
        await using var stream = await answer.Content.ReadAsStreamAsync(cancellationToken);
        using var read = new MemoryStream();
        var buffer = new byte[4096];
        while (await stream.ReadAsync(buffer, cancellationToken) is > 0 and var count)
        {
            if (read.Length + count > most) return null;
            read.Write(buffer, 0, count);
        }
        return read.ToArray();
    }

    /// <summary>The rows that <c>{"failed":[{"index","error"}]}</c> names; none where the answer is something else.</summary>
    /// <exception cref="NonRetryableException">It has <c>failed</c>, but not of that form: which rows are done cannot be told.</exception>
    public static IReadOnlyList<RowFailure> Failed(ReadOnlyMemory<byte> body, int rows, string where)
    {
        if (body.Span.TrimStart(" \t\r\n"u8) is not [(byte)'{', ..]) return RowFailure.None;
        try
        {
            using var document = JsonDocument.Parse(body);
            return document.RootElement.TryGetProperty("failed", out var failed) && failed.ValueKind != JsonValueKind.Null ? Read(failed, rows, where) : RowFailure.None;
        }
        catch (JsonException)
        {
            return RowFailure.None; // any 2xx means processed
        }
    }

    /// <summary>How long <c>Retry-After</c> asks for, in seconds or until a date; null where it asks for nothing.</summary>
    /// <param name="answer">The answer.</param>
    /// <param name="now">Counts where the receiver does not say what time it is.</param>
    /// <param name="most">What is beyond is cut.</param>
    public static TimeSpan? RetryAfter(HttpResponseMessage answer, DateTimeOffset now, TimeSpan most)
    {
        var wait = answer.Headers.RetryAfter switch
        {
            { Delta: { } seconds } => seconds,
            { Date: { } date } => date - (answer.Headers.Date ?? now), // by its own clock, which may be another than ours
            _ => TimeSpan.Zero,
        };
        return wait <= TimeSpan.Zero ? null : wait < most ? wait : most;
    }

    /// <summary>The beginning of an answer, for messages: one line, and what can be printed.</summary>
    public static string Excerpt(ReadOnlySpan<byte> body)
    {
        var text = Encoding.UTF8.GetString(body[..Math.Min(body.Length, 4 * LongestExcerpt)]);
        return Bounded(string.Join(' ', text.Split([' ', '\t', '\r', '\n'], StringSplitOptions.RemoveEmptyEntries)), LongestExcerpt);
    }

    static IReadOnlyList<RowFailure> Read(JsonElement failed, int rows, string where)
    {
        if (failed.ValueKind != JsonValueKind.Array) throw Unfit("failed", "a list", failed);
        List<RowFailure> failures = [];
        foreach (var (number, each) in failed.EnumerateArray().Index())
        {
            if (each.ValueKind != JsonValueKind.Object || !each.TryGetProperty("index", out var index) || index.ValueKind != JsonValueKind.Number || !index.TryGetInt32(out var row) || row < 0 || row >= rows)
                throw Unfit($"failed[{number}]", $"an object with an index from 0 to {rows - 1}", each);
            var error = each.TryGetProperty("error", out var said) && said.ValueKind == JsonValueKind.String ? said.GetString()! : "the receiver did not say why";
            failures.Add(new(row, Bounded(error, LongestError)));
        }
        return failures;

        NonRetryableException Unfit(string at, string expected, JsonElement got) => new($"{where}: {at}: expected {expected}, got {Bounded(got.GetRawText(), 64)}");
    }

    static string Bounded(string text, int longest)
    {
        text = new([.. text.Select(each => char.IsControl(each) ? ' ' : each)]);
        return text.Length <= longest ? text : $"{text.AsSpan(0, longest - 1)}…";
    }
}
