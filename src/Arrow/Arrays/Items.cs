namespace Apache.Arrow;

/// <summary>Arrays as sequences.</summary>
internal static class Items
{
    /// <summary>What <paramref name="get"/> returns for each position.</summary>
    internal static IEnumerator<T> Enumerate<T>(int length, Func<int, T> get)
    {
        for (int index = 0; index < length; index++)
        {
            yield return get(index);
        }
    }
}
