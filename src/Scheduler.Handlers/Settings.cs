using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace Scheduler.Handlers;

/// <summary>Reads settings, and says what is wrong with them by their place.</summary>
static class Settings
{
    public static bool Flag(this IConfigurationSection section, string key) => section[key] switch
    {
        null or "" => false,
        var text => bool.TryParse(text, out var flag) ? flag : throw Wrong(section, key, "true or false", text),
    };

    public static TimeSpan Duration(this IConfigurationSection section, string key, TimeSpan otherwise) => section[key] switch
    {
        null or "" => otherwise,
        var text => WireText.TryDuration(text, out var duration) && duration > TimeSpan.Zero && duration <= TimeSpan.FromDays(1) ? duration : throw Wrong(section, key, $"{WireText.ADuration}, more than zero", text),
    };

    public static int Number(this IConfigurationSection section, string key, int otherwise) => section[key] switch
    {
        null or "" => otherwise,
        var text => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 ? number : throw Wrong(section, key, "a whole number, more than zero", text),
    };

    static InvalidOperationException Wrong(IConfigurationSection section, string key, string expected, string got) => new($"{section.Path}:{key}: expected {expected}, got {WireText.Quote(got)}");
}
