using System.Net.Http.Headers;

namespace Scheduler.Client;

static class IdempotencyHeader
{
    public static void Add(HttpRequestHeaders headers, string? key)
    {
        if (key is null) return;
        // A header carries no more than this; anything else would reach the scheduler as another key, or not at all.
        if (key.Length is 0 or > 255 || !key.All(letter => letter is >= ' ' and < '\x7f') || key[0] == ' ' || key[^1] == ' ')
            throw new SchedulerException([new FieldError("Idempotency-Key", $"expected 1 to 255 ASCII characters with no space at either end, got {WireText.Quote(key)}")]);
        headers.TryAddWithoutValidation("Idempotency-Key", key);
    }
}
