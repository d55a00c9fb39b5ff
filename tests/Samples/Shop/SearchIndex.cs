using System.Collections.Concurrent;

namespace Shop;

/// <summary>Stands for the search engine: writing an order twice is the same as writing it once.</summary>
public sealed class SearchIndex
{
    readonly ConcurrentDictionary<(string, string, long), Order> orders = new();

    public int Count => orders.Count;

    public decimal Sum => orders.Values.Sum(order => order.Amount);

    public void Put(string database, string table, Order order) => orders[(database, table, order.Id)] = order;
}
