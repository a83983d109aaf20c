"""The recurrent interpolation network and the optical flow it refines.

network       `Interpolator`: two frames in, the frame at any time between out.
flow          `estimate_motion`: the two flows between two frames, level by level, step by step.
recurrence    The ConvGRU that corrects the steps.
lucas_kanade  One Gauss-Newton step of classical optical flow, and what it compares.
propagation   Flows taken over from pixels further off.
warping       Backward warping and forward splatting along flows.
"""
