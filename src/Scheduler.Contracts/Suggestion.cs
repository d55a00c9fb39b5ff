namespace Scheduler;

/// <summary>Did-you-mean: finds the known word that a mistyped one was meant to be.</summary>
public static class Suggestion
{
    /// <summary>Words longer than this are not compared: nobody mistypes them by hand.</summary>
    const int LongestWord = 128;

    /// <summary>
    /// The candidate that is fewest typing mistakes away (letters missing, added, wrong, or two swapped; case does not count), the
    /// first of equals; null where none is near: one mistake for each three letters, at most three.
    /// </summary>
    /// <param name="given">The unknown word; longer than 128 characters gives null.</param>
    /// <param name="candidates">The known words; longer ones than 128 characters are passed over.</param>
    public static string? For(string given, IEnumerable<string> candidates)
    {
        if (given.Length is 0 or > LongestWord) return null;
        var (best, allowed) = (default(string), Math.Clamp((given.Length + 1) / 3, 1, 3));
        foreach (var candidate in candidates)
        {
            if (candidate.Length > LongestWord || Math.Abs(candidate.Length - given.Length) > allowed) continue;
            var distance = Distance(given, candidate);
            // What shares no letter is another word, however short both are.
            if (distance > allowed || distance >= Math.Max(given.Length, candidate.Length)) continue;
            (best, allowed) = (candidate, distance - 1);
            if (distance == 0) break;
        }
        return best;
    }

    /// <summary>Damerau–Levenshtein, in its form where no swapped pair is edited again.</summary>
    static int Distance(string one, string other)
    {
        var (before, last, row) = (new int[other.Length + 1], new int[other.Length + 1], new int[other.Length + 1]);
        for (var j = 0; j <= other.Length; j++) last[j] = j;
        for (var i = 1; i <= one.Length; i++)
        {
            row[0] = i;
            for (var j = 1; j <= other.Length; j++)
            {
                row[j] = Math.Min(Math.Min(last[j], row[j - 1]) + 1, last[j - 1] + (Same(i, j) ? 0 : 1));
                if (i > 1 && j > 1 && Same(i, j - 1) && Same(i - 1, j)) row[j] = Math.Min(row[j], before[j - 2] + 1);
            }
            (before, last, row) = (last, row, before);
        }
        return last[other.Length];

        bool Same(int i, int j) => char.ToUpperInvariant(one[i - 1]) == char.ToUpperInvariant(other[j - 1]);
    }
}
