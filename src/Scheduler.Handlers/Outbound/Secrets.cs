using System.Text.RegularExpressions;

namespace Scheduler.Handlers.Outbound;

/// <summary>What definitions refer to as <c>{secret:name}</c>: the setting <c>Scheduler:Secrets:name</c>, put in when it is used.</summary>
sealed partial class Secrets(Func<string, string?> setting)
{
    /// <summary>Whether the text refers to a secret.</summary>
    public static bool Refers(string text) => Reference().IsMatch(text);

    /// <summary>The first name that no setting has; null where all are there.</summary>
    public string? Unknown(string text) => Reference().Matches(text).Select(match => match.Groups[1].Value).FirstOrDefault(name => setting(name) is null);

    /// <summary>The text with its secrets.</summary>
    /// <exception cref="NonRetryableException">A setting is missing.</exception>
    public string Resolve(string text) => Reference().Replace(text, match =>
        setting(match.Groups[1].Value) ?? throw new NonRetryableException($"expected the setting Scheduler:Secrets:{match.Groups[1].Value}, got none"));

    [GeneratedRegex(@"\{secret:([^{}:]{0,100})\}", RegexOptions.CultureInvariant)]
    private static partial Regex Reference();
}
