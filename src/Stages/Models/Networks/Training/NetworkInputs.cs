using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Models.Networks.Training;

/// <summary>The spectra that a network learns from, sample after sample and variable after variable.</summary>
/// <remarks>
/// <para>
/// With fewer samples than variables, and an optimiser that turns with its unknowns as L-BFGS does, the variables may be the
/// coordinates of the spectra in their own row space: X = L Qᵀ. The loss of first-layer weights W depends on QᵀW and on the length of
/// the rest, W - QQᵀW; the gradient of the rest is a multiple of it, hence it only ever shrinks or grows. So n × h weights and one
/// length take the place of p × h, and the path is the same in real arithmetic. Only a test of single partial derivatives is not
/// invariant (<see cref="NetworkLoss.IsFlat"/>).
/// </para>
/// <para>L is lower triangular, which halves the products. Samples and variables are padded by zeros to blocks of 16. Memory 2nr
/// doubles, and np of Qᵀ. One thread writes; reading is safe for several.</para>
/// </remarks>
internal sealed class NetworkInputs
{
    private readonly double[] _bySample;
    private readonly double[] _byVariable;

    private NetworkInputs(int samplesMax, int variables, RowSpace? space)
    {
        Variables = variables;
        VariableStride = Padded(variables);
        Space = space;
        _bySample = new double[checked(samplesMax * VariableStride)];
        _byVariable = new double[checked(Padded(samplesMax) * Math.Max(1, variables))];
    }

    /// <summary>Samples, n.</summary>
    public int Samples { get; private set; }

    /// <summary>Samples and their padding.</summary>
    public int SampleStride { get; private set; }

    /// <summary>Variables of a sample, p or in the row space r.</summary>
    public int Variables { get; }

    /// <summary>Variables and their padding.</summary>
    public int VariableStride { get; }

    /// <summary>The row space whose coordinates these are, or null where they are the spectra themselves.</summary>
    public RowSpace? Space { get; }

    /// <summary>Samples × variables.</summary>
    public ReadOnlySpan<double> BySample => _bySample;

    /// <summary>Variables × samples.</summary>
    public ReadOnlySpan<double> ByVariable => _byVariable;

    /// <summary>The next multiple of 16.</summary>
    public static int Padded(int count) => (count + LayerKernels.Block - 1) / LayerKernels.Block * LayerKernels.Block;

    /// <summary>Bytes for n spectra of p variables, a row space included.</summary>
    public static long SizeBytes(long n, long p) =>
        (2 * sizeof(double) * (n + LayerKernels.Block) * (p + LayerKernels.Block)) + (n < p ? RowSpace.SizeBytes(n, p) : 0);

    /// <summary>The spectra themselves.</summary>
    public static NetworkInputs Of(MatrixView x)
    {
        var inputs = new NetworkInputs(x.Rows, x.Columns, null);
        inputs.Fill(x);
        return inputs;
    }

    /// <summary>The coordinates of the spectra in their row space where these are fewer than the variables, else the spectra.</summary>
    public static NetworkInputs Reduced(MatrixView x)
    {
        if (x.Rows >= x.Columns)
        {
            return Of(x);
        }

        RowSpace space = RowSpace.Of(x);
        var inputs = new NetworkInputs(x.Rows, space.Rank, space);
        inputs.Fill(space.Lower.View.Block(0, 0, x.Rows, space.Rank));
        return inputs;
    }

    /// <summary>Room for some spectra, none yet.</summary>
    public static NetworkInputs Room(int samplesMax, int variables) => new(samplesMax, variables, null);

    /// <summary>Takes other spectra, at most as many as there is room for.</summary>
    public void Fill(MatrixView x)
    {
        Samples = x.Rows;
        SampleStride = Padded(x.Rows);
        Array.Clear(_byVariable);
        x.CopyTo(new MatrixSpan(_bySample, x.Rows, Variables, VariableStride));
        if (Variables > 0)
        {
            Gram.Transpose(x, new MatrixSpan(_byVariable, Variables, x.Rows, SampleStride));
        }
    }
}
