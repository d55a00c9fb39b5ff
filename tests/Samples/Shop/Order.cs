namespace Shop;

/// <summary>A row of an order table.</summary>
public sealed record Order(long Id, string Customer, decimal Amount);
