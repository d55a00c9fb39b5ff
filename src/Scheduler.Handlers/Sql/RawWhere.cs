namespace Scheduler.Handlers.Sql;

/// <summary>
/// A condition in the database's own words. Only connections that are marked for it take one; even there it must stay a condition: it is put
/// into parentheses, and what would leave them, or the statement, is refused.
/// </summary>
static class RawWhere
{
    const int Longest = 4000;

    /// <summary>What is wrong with it; null where nothing is.</summary>
    public static string? Wrong(string text)
    {
        if (text.Trim().Length == 0 || text.Length > Longest) return $"expected a condition of 1 to {Longest} characters, got {text.Length}";
        // Comments hide what follows; backslashes and dollars begin quotes of one database or the other; @, ? and : begin parameters.
        foreach (var refused in (string[])[";", "--", "/*", "*/", "#", "\\", "$", "\0", "@", "?"])
            if (text.Contains(refused, StringComparison.Ordinal)) return $"expected one condition without {WireText.Quote(refused)}, got one with it";
        var depth = 0;
        for (var at = 0; at < text.Length; at++)
        {
            switch (text[at])
            {
                case '\'' or '"' or '`':
                    at = text.IndexOf(text[at], at + 1); // a doubled quote closes and opens again
                    if (at < 0) return "expected each quote to be closed, got one that is not";
                    break;
                case '(': depth++; break;
                case ')' when --depth < 0: return "expected a \"(\" for each \")\", got one without";
            }
        }
        return depth == 0 ? null : "expected a \")\" for each \"(\", got one without";
    }
}
