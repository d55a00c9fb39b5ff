namespace Scheduler.Handlers.Outbound;

/// <summary>Which headers a definition may add to a call.</summary>
static class HeaderCheck
{
    const int MostHeaders = 50;
    const int LongestName = 100;
    const int LongestValue = 8000;
    const string Marks = "!#$%&'*+-.^_`|~";

    /// <summary>Headers that frame the message, or that the scheduler sets itself.</summary>
    static readonly HashSet<string> own = new(StringComparer.OrdinalIgnoreCase)
    {
        "Host", "Connection", "Content-Length", "Content-Type", "Content-Encoding", "Expect", "Keep-Alive", "TE", "Trailer", "Transfer-Encoding", "Upgrade",
    };

    static readonly HashSet<string> secret = new(StringComparer.OrdinalIgnoreCase) { "Authorization", "Cookie", "X-Api-Key" };

    /// <summary>What is wrong with them.</summary>
    public static IEnumerable<FieldError> Check(IReadOnlyDictionary<string, string> headers, Secrets secrets, string field)
    {
        if (headers.Count > MostHeaders)
        {
            yield return new(field, $"expected at most {MostHeaders} headers, got {headers.Count}");
            yield break;
        }
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value) in headers)
        {
            var at = $"{field}.{(name.Length > 64 ? name[..63] + "…" : name)}";
            if (Wrong(name, value, secrets) is { } wrong) yield return new(at, wrong);
            else if (!seen.Add(name)) yield return new(at, "expected each header once, got it twice, in another case");
        }
    }

    static string? Wrong(string name, string value, Secrets secrets)
    {
        if (name.Length is 0 or > LongestName || !name.All(each => char.IsAsciiLetterOrDigit(each) || Marks.Contains(each))) return "expected a header's name, got something else";
        if (own.Contains(name) || name.StartsWith("Proxy-", StringComparison.OrdinalIgnoreCase) || name.StartsWith("X-Scheduler-", StringComparison.OrdinalIgnoreCase))
            return "expected a header that the scheduler does not set itself, got one that it does";
        if (value.Length > LongestValue) return $"expected at most {LongestValue} characters, got {value.Length}";
        if (value.Any(each => each is not '\t' and (< ' ' or > '~'))) return "expected printable ASCII, got other characters";
        if (secrets.Unknown(value) is { } unknown) return $"expected the name of a secret in the settings (Scheduler:Secrets), got {WireText.Quote(unknown)}";
        // Definitions are shown to whoever may see tasks.
        if (secret.Contains(name) && !Secrets.Refers(value)) return "expected a reference such as \"Bearer {secret:name}\" to the setting Scheduler:Secrets:name, got the secret itself";
        return null;
    }
}
