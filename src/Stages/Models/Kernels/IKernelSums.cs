namespace Pipeline.Stages.Models.Kernels;

/// <summary>Kernel models of several settings of one calibration set, as far as predictions from distances need them.</summary>
internal interface IKernelSums
{
    /// <summary>Why a setting has no answer, or null where it has one.</summary>
    string?[] Failures { get; }

    /// <summary>Predictions of one spectrum with every setting.</summary>
    /// <param name="squared">Its squared distances to the m calibration samples.</param>
    /// <param name="kernel">Room for m values.</param>
    /// <param name="values">One prediction for each setting.</param>
    void Sum(ReadOnlySpan<double> squared, Span<double> kernel, Span<double> values);
}
