using System.Net;
using Pipeline.Host.Configuration;

namespace Pipeline.Host.Http;

/// <summary>How often each client may ask: a bucket of tokens for each remote address, filled at a steady rate.</summary>
/// <remarks>
/// A bucket holds two seconds' worth. Ceiling: <see cref="HttpLimits.ClientsMax"/> buckets; those that are full again go first, and
/// where none is, further clients share one. Safe for all threads.
/// </remarks>
internal sealed class ClientRates(HttpOptions options, TimeProvider clock)
{
    private readonly Lock _gate = new();

    // Guarded by _gate.
    private readonly Dictionary<IPAddress, Bucket> _buckets = [];
    private readonly Bucket _shared = new();

    /// <summary>Requests per second that a client may make for long.</summary>
    public int PerSecond => options.RequestsPerSecondMax;

    /// <summary>Takes a token of a client's; false where it has none.</summary>
    public bool MayAsk(IPAddress? client)
    {
        lock (_gate)
        {
            Bucket bucket = BucketOf(client ?? IPAddress.None);
            long now = clock.GetTimestamp();
            (bucket.At, bucket.Missing) = (now, Math.Max(0, bucket.Missing - (clock.GetElapsedTime(bucket.At, now).TotalSeconds * PerSecond)));
            if (bucket.Missing + 1 > 2 * PerSecond)
            {
                return false;
            }

            bucket.Missing++;
            return true;
        }
    }

    private Bucket BucketOf(IPAddress client)
    {
        if (_buckets.TryGetValue(client, out Bucket? bucket))
        {
            return bucket;
        }

        if (_buckets.Count >= options.Limits.ClientsMax)
        {
            foreach (IPAddress idle in
                _buckets.Where(one => clock.GetElapsedTime(one.Value.At).TotalSeconds * PerSecond >= one.Value.Missing).Select(one => one.Key).ToList())
            {
                _buckets.Remove(idle);
            }
        }

        if (_buckets.Count >= options.Limits.ClientsMax)
        {
            return _shared;
        }

        return _buckets[client] = new Bucket();
    }

    /// <summary>Tokens that are missing from a full bucket, and when that was so.</summary>
    private sealed class Bucket
    {
        public double Missing { get; set; }

        public long At { get; set; }
    }
}
