namespace Pipeline.Stages.Models.Networks;

/// <summary>How a network is trained.</summary>
public enum NetworkSolver
{
    /// <summary>Small steps on batches of samples (<see cref="Training.AdamTraining"/>).</summary>
    Adam,

    /// <summary>L-BFGS on all samples.</summary>
    Lbfgs,
}
