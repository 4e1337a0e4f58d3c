namespace Pipeline.Stages.Metrics;

/// <summary>What candidates for classes can be ranked by; see <see cref="ClassMetrics"/>.</summary>
public enum ClassMetric
{
    /// <summary>The mean over classes of the share of their samples that are predicted right.</summary>
    BalancedAccuracy,

    /// <summary>The share of samples that are predicted right.</summary>
    Accuracy,

    /// <summary>The mean over classes of the harmonic mean of precision and recall.</summary>
    MacroF1,

    /// <summary>The mean over classes of the area under the receiver operating characteristic, one class against the rest.</summary>
    RocAuc,

    /// <summary>The mean of -log of the probability that a sample's own class was given.</summary>
    LogLoss,
}
