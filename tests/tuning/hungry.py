"""A layer that wants more memory than there is."""

import keras


class Hungry(keras.layers.Layer):
    """Asks for 64 TiB if it is given more than four rows at once, and changes nothing."""

    def compute_output_spec(self, rows):
        return keras.KerasTensor(rows.shape, rows.dtype)

    def call(self, rows):
        ops, count = keras.ops, keras.ops.shape(rows)[0]
        side = (1 << 22 if count > 4 else 1) if isinstance(count, int) else ops.where(count > 4, 1 << 22, 1)
        column = ops.expand_dims(ops.cast(ops.arange(side), rows.dtype), 1) * ops.reshape(rows, (-1,))[:1]
        return rows + 0 * ops.sort(ops.broadcast_to(column, (side, side)), axis=0)[0, 0]  # sorted, or it is never made
