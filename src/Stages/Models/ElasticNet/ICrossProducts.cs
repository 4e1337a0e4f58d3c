namespace Pipeline.Stages.Models.ElasticNet;

/// <summary>What a penalised fit asks of centred calibration data: products, and how far its coefficients leave the response unexplained.</summary>
/// <remarks>Xc is n × p and yc n × 1, both less their calibration means. One thread.</remarks>
internal interface ICrossProducts : IDisposable
{
    /// <summary>The diagonal of XcᵀXc, p values, exactly 0 for a variable without variance.</summary>
    ReadOnlySpan<double> Squares { get; }

    /// <summary>Xcᵀyc, p values.</summary>
    ReadOnlySpan<double> WithResponse { get; }

    /// <summary>ycᵀyc.</summary>
    double ResponseSquares { get; }

    /// <summary>The products of one variable with some.</summary>
    void CopyProducts(int variable, ReadOnlySpan<int> with, Span<double> target);

    /// <summary>Sets the coefficients, of which only these are not 0, whose gradients are asked next.</summary>
    void MoveTo(ReadOnlySpan<int> variables, ReadOnlySpan<double> coefficients);

    /// <summary>Xcᵀ(yc - Xc b) of some variables, each written to its own place of p; others may be written, too.</summary>
    void Gradients(ReadOnlySpan<int> variables, Span<double> target);

    /// <summary>Xcᵀ(yc - Xc b) of all p variables.</summary>
    void Gradients(Span<double> target);
}
